import { expect, it } from 'vitest';
import { csvText } from './csv';

it('quotes what needs it and leaves absent values empty', () => {
  expect(
    csvText([
      ['tensor', 'IoU'],
      ['odd, "name"', 0.1 + 0.2],
      ['two\nlines', null],
    ]),
  ).toBe('tensor,IoU\r\n"odd, ""name""",0.30000000000000004\r\n"two\nlines",\r\n');
});
