-- about one row in eighteen is a repeat; more than one in ten means that the key no longer fits the source
{{ limits_by_share(warn_above_percent=10) }}

select
    coalesce(sum(repeat_count), 0) as failing_rows,
    coalesce(sum(1 + repeat_count), 0) as all_rows
from {{ ref('stg_movings') }}
