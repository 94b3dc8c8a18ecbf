-- at least 95 % of the rows that the other filters let through are in buildings with coordinates
{{ limits_by_share(warn_above_percent=5) }}

select unfiltered.row_count - here.row_count as failing_rows, unfiltered.row_count as all_rows
from (select count(*) as row_count from {{ ref('moveouts') }}) as here
cross join (
    select count(*) as row_count
    from {{ ref('int_contracts') }}
    where
        is_completed_moveout = 1 and moveout_date between {{ min_valid_date() }} and {{ business_date() }}
) as unfiltered
