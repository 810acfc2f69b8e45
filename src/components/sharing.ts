// What Run and Lab say while a training run and the lab's queue go on at the same time.

/** Behind “… is going on too: ”. */
export const SHARING =
  'the two share this machine and slow each other. Neither changes the other’s numbers; pause one of them to hurry the other.';
