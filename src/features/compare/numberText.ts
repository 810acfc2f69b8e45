// How the table writes numbers: fixed digits a column, so that they can be compared down the column. A hyphen never stands for a minus.

/** “−0.4”, never “−0.0”. */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** With a plus where it is above zero. */
export const signed = (value: number, digits: number): string => {
  const text = fixed(value, digits);
  return text.startsWith('−') || Number(text) === 0 ? text : `+${text}`;
};

export const seedsText = (count: number): string => (count === 1 ? '1 seed' : `${count} seeds`);
