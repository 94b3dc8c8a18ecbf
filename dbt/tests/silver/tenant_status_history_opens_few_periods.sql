-- New periods of the day: more than one tenant in ten is news. The first day opens one for everybody.
{{ limits_by_share(warn_above_percent=10) }}

select
    case
        when min(valid_from) < {{ business_date() }} then {{ count_where('valid_from = ' ~ business_date()) }}
        else 0
    end as failing_rows,
    count(distinct tenant_id) as all_rows
from {{ ref('tenant_status_history') }}
