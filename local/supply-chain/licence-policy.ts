/** Licences that ask for no more than their text and a notice. */
const ACCEPTED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-4.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
]);

/** What Python packages call their licence where they give no SPDX expression. */
const CLASSIFIERS: Readonly<Record<string, string>> = {
  "Apache Software License": "Apache-2.0",
  "BSD License": "BSD-3-Clause",
  "MIT License": "MIT",
  "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
  "Python Software Foundation License": "PSF-2.0",
};

/** Packages whose licence is not one of the accepted, each with the reason why it may be used. */
export const licenceExceptions: Readonly<Record<string, string>> = {
  "mysql-connector-python": "GPL-2.0 with the Universal FOSS Exception 1.0; dbt runs it in a process of its own",
  protobuf: "BSD-3-Clause by its LICENSE file; its metadata names none",
  "text-unidecode": "under the Artistic License as well as under the GPL: the Artistic License is taken",
};

/** A package of the bill of materials. */
export interface LicensedPackage {
  name: string;
  version: string;
  /** As the package says: SPDX expressions, or classifiers of Python. */
  licences: readonly string[];
}

/** True when the terms of one SPDX expression can be met: one side of OR, both of AND. */
function isAccepted(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, " ").trim();
  const named = CLASSIFIERS[expression.replace(/^License :: OSI Approved :: /, "")];
  if (named !== undefined) return ACCEPTED.has(named);
  return plain.split(/\s+OR\s+/).some((side) => side.split(/\s+AND\s+/).every((part) => ACCEPTED.has(part.trim())));
}

/** Packages that nobody has said may be used: another licence, or none at all. */
export function refusedPackages(packages: readonly LicensedPackage[]): LicensedPackage[] {
  return packages.filter(
    ({ name, licences }) =>
      licenceExceptions[name] === undefined && (licences.length === 0 || !licences.some((one) => isAccepted(one))),
  );
}
