"""Keeps dbt from working on for an attempt that another one has taken over from."""

import json
from typing import Any, Mapping

from dbt.adapters.exceptions import FailedToConnectError


def require_attempt(cursor: Any, environment: Mapping[str, str]) -> None:
    """Asks the ledger whether the attempt of BATON_ATTEMPT still stands; without that variable nothing is asked.

    The successor of a killed or frozen function kills the sessions that it finds. This keeps dbt, should it still
    live, from opening others.

    Raises FailedToConnectError when the ledger holds another attempt.
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
