"""Reads seed files without guessing types: the YAML declares them."""

import csv
from typing import Any, Iterator, List, Optional

import agate


def read_seed(path: str, text_columns: Any = None, delimiter: str = ",") -> agate.Table:
    """The rows of a seed as text, unchanged; an empty field is NULL.

    MySQL converts the texts to the types of the columns in strict mode.

    Raises ValueError with the line of a row whose number of fields differs from the header's.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            names = next(lines, [])
            rows = list(_rows(lines, len(names)))
        except csv.Error as error:
            raise ValueError(f"line {lines.line_num}: {error}") from error
    return agate.Table(rows, names, [agate.Text(cast_nulls=False)] * len(names))


def _rows(lines: Any, width: int) -> Iterator[List[Optional[str]]]:
    for fields in lines:
        if not fields:
            continue
        if len(fields) != width:
            raise ValueError(f"line {lines.line_num}: {len(fields)} fields, expected {width} as in the header")
        yield [field or None for field in fields]


def keep_seed_values() -> None:
    """Replaces dbt's reader, which guesses types before it applies the declared ones. Call after dbt is imported."""
    from dbt_common.clients import agate_helper

    agate_helper.from_csv = read_seed
