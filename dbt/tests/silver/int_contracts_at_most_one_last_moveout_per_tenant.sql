select tenant_id, count(*) as row_count
from {{ ref('int_contracts') }}
where is_last_moveout = 1
group by tenant_id
having count(*) > 1
