// Which pictures an experiment has. The frontier's is the lab's home picture and stands above the list; the ablations' needs intervals
// that come later.
import type { Family } from '../../../core/config';
import { FAMILIES } from '../../../core/config';
import type { ExperimentId } from '../../../core/study/experiment';
import type { Difference } from '../../../core/study/statistics';
import type { LabData } from '../labData';
import { ablationPicture } from './differencePicture';
import type { LabPicture } from './labPicture';
import { agreementPicture, concentrationPicture, densityPicture, transferPicture } from './maskPictures';
import { methodsPicture } from './methodsPicture';
import { ratioPictures } from './ratioPictures';
import { accuracyPicture, lossPicture } from './studyPictures';
import { stylePicture, taxPicture } from './stylePictures';

export function experimentPictures(
  id: ExperimentId,
  data: LabData,
  family: Family,
  differences: ReadonlyMap<string, Difference | null>,
): LabPicture[] {
  switch (id) {
    case 'study':
      return [lossPicture(data, family), accuracyPicture(data, FAMILIES)];
    case 'ratio':
      return ratioPictures(data, family);
    case 'ablations':
      return [ablationPicture(data, family, differences)];
    case 'methods':
      return [methodsPicture(data, family)];
    case 'frontier':
      return [];
    case 'transfer':
      return [transferPicture(data, family), agreementPicture(data, 'change'), agreementPicture(data, 'gradient')];
    case 'style':
      return [stylePicture(data, family)];
    case 'change':
      return [concentrationPicture(data, family), densityPicture(data, family)];
    case 'tax':
      return [taxPicture(data, family)];
  }
}
