"use strict";

/** The items of a parameter that lists several, separated by commas. */
module.exports = (text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
