// In plain words: which claims of the paper hold at this size and which do not (RECIPE §9), with our numbers.
const HOLDS: readonly string[] = [
  'Which weights are trained matters: of three masks of 10 %, the most moved weights give 90.6 % on math, random ones 63.8 %, the least moved 56.2 % (SFT: 55.3 %).',
  'Token rewards find the wrong tokens: AUROC 0.88–0.94 over all of them, 0.99 for the first error of an answer.',
  'Masks belong to a task: masks of two tasks overlap as by chance; of two samplings of one task, five to ten times more.',
];

const FAILS: readonly { claim: string; found: string }[] = [
  {
    claim: 'ALLO beats DPO.',
    found:
      'With both tuned, they are equal within 1–4 points: math 94.9 against 97.1 %, qa 82.2 against 83.3 %, instruct 78.1 against 81.2 %. ALLO stayed closer to SFT on qa and instruct (KL 0.033 against 0.090 and 0.093).',
  },
  {
    claim: 'Training the top 10 % is faster and better than training all.',
    found:
      'Not at the same learning rate (final DPO loss on math 0.632 against 0.541); it needs about three times the rate. Whether 10 % is the best share depends on the rate too.',
  },
  {
    claim: 'The least changed 10 % do about as well as all.',
    found: 'They learn nothing here: 56.2 % on math.',
  },
  {
    claim: 'Preference training beats fine-tuning on own right answers.',
    found:
      'That was the most accurate of all (98.0, 97.6 and 91.4 %), but it copies any superficial style completely (100 % of its answers, ALLO 48 %, SFT 32 %).',
  },
  {
    claim: 'Token rewards raise accuracy.',
    found:
      'Not on clean pairs (94.9 against 94.4 %). With the style bias switched on they pay: 48 % of the answers copy the style, 67 % without them.',
  },
  {
    claim: 'The neuron mask helps.',
    found:
      'Only at an equal learning rate (94.9, 75.0 and 74.6 % on math, qa and instruct with it; 90.6, 56.8 and 57.0 % without). With the rate re-tuned to a quarter the gain is gone: 96.8, 73.6 and 80.1 % without a mask.',
  },
  {
    claim: 'The forgetting stage helps.',
    found: 'Only partly: math +0.7 points, qa +2.9, instruct −6.0.',
  },
  {
    claim: 'The kept share ε matters.',
    found:
      'It makes no visible difference here: shares of 0.3, 0.5 and 1 are within one point of each other (one seed).',
  },
  {
    claim: 'Less damage to other abilities.',
    found: 'Cannot be told: the three families have so little in common that no method harms the others.',
  },
];

export function NotReproduced() {
  return (
    <section className="honest" aria-labelledby="honest-title">
      <h3 id="honest-title" className="heading">
        What does not hold at this size
      </h3>
      <p className="caption">
        Measured on the built-in tasks with a model of 0.63 million parameters, means of three seeds (PyTorch, before
        the studio existed). Differences of 1–6 points between seeds are normal; learning rates were chosen on the same
        prompts, which flatters every method a little.
      </p>
      <dl className="honest-list">
        {FAILS.map(({ claim, found }) => (
          <div key={claim}>
            <dt>{claim}</dt>
            <dd>{found}</dd>
          </div>
        ))}
      </dl>
      <h3 className="heading">What does hold</h3>
      <ul className="honest-holds">
        {HOLDS.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
