import { TestEnvironment } from "jest-environment-node";

/**
 * Holds back what code under test writes to stdout and stderr, and shows it only for a test or hook that fails. The option
 * `engine` selects the database engine of the tests.
 */
export default class QuietEnvironment extends TestEnvironment {
  #held = [];
  #writes = [];
  #engine;

  constructor(config, context) {
    super(config, context);
    this.#engine = config.projectConfig.testEnvironmentOptions.engine;
  }

  async setup() {
    await super.setup();
    // the tests' own copy of the environment; Jest asks its workers for colours at a terminal, the programs under test not
    delete this.global.process.env.FORCE_COLOR;
    if (this.#engine !== undefined) this.global.process.env.BATON_ENGINE = this.#engine;
    // in Jest's own process stderr carries the results
    const streams = process.send === undefined ? [process.stdout] : [process.stdout, process.stderr];
    for (const stream of streams) {
      const write = stream.write.bind(stream);
      this.#writes.push({ stream, write });
      stream.write = (chunk, encoding, done = encoding) => {
        this.#held.push(() => write(chunk));
        if (typeof done === "function") done();
        return true;
      };
    }
  }

  handleTestEvent({ name, test }) {
    if (name === "hook_failure" || (name === "test_done" && test.errors.length > 0)) {
      for (const show of this.#held) show();
    }
    if (name === "test_done" || name === "hook_failure") this.#held = [];
  }

  async teardown() {
    for (const { stream, write } of this.#writes) stream.write = write;
    await super.teardown();
  }
}
