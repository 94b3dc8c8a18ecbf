"use strict";
// What osls reads as ${file(serverless/generate.cjs):...}. osls loads CommonJS; the generators are TypeScript that Node runs as it is.
const { functions } = require("./functions.ts");
const { resources } = require("./resources.ts");
const { readSettings } = require("./settings.ts");

/** osls prints the stack of an error; the message of ours names the mistake and the next step. */
const withoutStack = (generate) => async (variables) => {
  try {
    return await generate(variables);
  } catch (error) {
    if (error.code === "LAYER_TABLE_INVALID" || error.code === "CONFIG_INVALID") error.stack = error.message;
    throw error;
  }
};

module.exports = {
  settings: withoutStack(readSettings),
  functions: withoutStack(functions),
  resources: withoutStack(resources),
};
