select tenant_id, count(*) as row_count
from {{ ref('tenant_status_transitions') }}
where is_current = 1
group by tenant_id
having count(*) > 1
