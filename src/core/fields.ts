// The one FIELDS table that forms, URL, command-line flags and run differences all come from: label, unit, limits, help and the
// paper's value of every setting.
import type { FieldName } from './config';
import type { Field } from './fields/field';
import { METHOD_FIELDS } from './fields/methods';
import { PREPARATION_FIELDS } from './fields/preparation';
import { STAGE_FIELDS } from './fields/stages';

/** One entry per RunConfig key. Defaults live in presetConfig, since they depend on preset, family and arm. */
export const FIELDS: { [K in FieldName]: Field } = { ...PREPARATION_FIELDS, ...STAGE_FIELDS, ...METHOD_FIELDS };

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];
