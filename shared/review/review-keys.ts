/** Projects to review. Whoever requests reviews may write only here. */
export const REQUESTS_PREFIX = "reviews/requests/";
/** Answers of the function `review`, which alone may write here. */
export const ANSWERS_PREFIX = "reviews/answers/";

/** The objects of a review in the environment's bucket, by the ID of its request. */
export function reviewKeys(id: string) {
  const answers = `${ANSWERS_PREFIX}${id}/`;
  return {
    project: `${REQUESTS_PREFIX}${id}.zip`,
    /** State and progress, and at the end the outcome. */
    answer: `${answers}answer.json`,
    json: `${answers}report.json`,
    markdown: `${answers}report.md`,
  };
}
