-- contracts without tenant, building or room: counted from the first, and too many above 2 %
{{ limits_by_share(warn_above_percent=0, error_above_percent=2) }}

select
    {{ count_where('contracts.contract_id is null') }} as failing_rows,
    count(*) as all_rows
from {{ ref('stg_movings') }} as movings
left join {{ ref('int_contracts') }} as contracts on movings.moving_id = contracts.contract_id
