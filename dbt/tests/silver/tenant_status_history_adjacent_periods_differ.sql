select later.*
from {{ ref('tenant_status_history') }} as later
inner join {{ ref('tenant_status_history') }} as earlier
    on later.tenant_id = earlier.tenant_id and earlier.valid_to = date_sub(later.valid_from, interval 1 day)
where {{ history_values_equal('later', 'earlier', history_tracked_columns().keys() | list) }}
