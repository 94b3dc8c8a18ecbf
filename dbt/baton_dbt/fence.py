"""Stops dbt from working for an attempt that another attempt has replaced."""

import json
from typing import Any, Mapping

from dbt.adapters.exceptions import FailedToConnectError


def require_attempt(cursor: Any, environment: Mapping[str, str]) -> None:
    """Checks that the attempt in BATON_ATTEMPT is the current one in the ledger; does nothing without that variable.

    After a function was killed or frozen, the next attempt kills the sessions of the previous one. This check prevents
    a dbt process that still runs from opening new sessions.

    Raises FailedToConnectError when the ledger has another attempt.
    """
    text = environment.get("BATON_ATTEMPT")
    if not text:
        return
    attempt = json.loads(text)
    cursor.execute(
        f"select 1 from `{environment.get('BATON_SCHEMA_PREFIX', '')}pipeline`.layer_run"
        " where run_id = %s and layer = %s and attempt = %s and state = 'running'",
        (attempt["runId"], attempt["layer"], attempt["attempt"]),
    )
    if not cursor.fetchall():
        raise FailedToConnectError(
            f"attempt {attempt['attempt']} of {attempt['layer']} in run {attempt['runId']} was taken over by another one"
        )
