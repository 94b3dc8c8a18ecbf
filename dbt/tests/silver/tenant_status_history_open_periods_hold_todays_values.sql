select open_periods.*
from {{ ref('tenant_status_history') }} as open_periods
inner join {{ source('staging', 'tenants') }} as tenants on open_periods.tenant_id = tenants.id
where
    open_periods.is_current = 1
    and not ({{ history_values_equal('open_periods', 'tenants', history_tracked_columns().keys() | list) }})
