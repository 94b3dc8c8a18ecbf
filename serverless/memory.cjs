"use strict";

/** dbt needs as much as in a layer. */
const MEMORY_MB = { docs: 2048 };

/** Memory of a function that is no layer; layers have theirs in the table of serverless.yml. */
module.exports = (name) => MEMORY_MB[name] ?? 512;
