const QUESTION = `{ metrics(projects: ["MY-VIDEO"], measures: [ACCURACY], groupBy: [QUEUE], range: { last: { unit: WEEK, n: 4 } }, totals: true) {
  rows { queue { code } values { value n interval { low high method } } } totals { values { value n interval { low high method } } } } }`;

/** What a newcomer is shown: a token for each role, and a command to paste that answers with a quality figure, its count and its interval. */
export function greeting(url: string, tokens: Readonly<Record<string, string>>): string[] {
  const body = JSON.stringify({ query: QUESTION.replace(/\s+/g, " ") });
  return [
    "Tokens (also in .data/demo.json)",
    ...Object.entries(tokens).map(([name, token]) => `  ${name.padEnd(18)} ${token}`),
    "",
    "Accuracy of the last four weeks by queue, with its count and 95 % interval:",
    "",
    `curl -s ${url}/graphql -H 'authorization: Bearer ${tokens.qaLead}' -H 'content-type: application/json' -d '${body}'`,
    "",
  ];
}
