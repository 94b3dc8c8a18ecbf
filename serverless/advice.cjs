"use strict";

/** Plug-in of osls: says what to use instead of a command that cannot work with Baton. */
module.exports = class Advice {
  constructor(serverless) {
    this.hooks = {
      initialize: () => {
        const { commands, options } = serverless.processedInput;
        const [message, code] = adviceFor(commands.join(" "), options.stage ?? "local") ?? [];
        if (message !== undefined) throw new serverless.classes.Error(message, code);
      },
    };
  }
};

function adviceFor(command, stage) {
  if (command === "invoke local") {
    return [
      "A function needs its queue, its role and the warehouse. To run it on this machine: ./baton local up, then " +
        "./baton run --dump FILE --watch. To see what it logs: ./baton logs LAYER",
      "USE_LOCAL_STACK",
    ];
  }
  if (command === "info" && stage === "local" && process.env.AWS_ENDPOINT_URL === undefined) {
    return [
      "The stage local is on this machine: ./baton local status. For a stage on AWS: deploy/info STAGE",
      "USE_LOCAL_STATUS",
    ];
  }
  return undefined;
}
