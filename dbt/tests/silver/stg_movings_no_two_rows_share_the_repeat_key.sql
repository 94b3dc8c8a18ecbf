select tenant_id, apartment_id, room_id, contract_start_date, original_contract_date, is_renewal, count(*) as row_count
from {{ ref('stg_movings') }}
where tenant_id is not null and apartment_id is not null and room_id is not null and contract_start_date is not null
group by tenant_id, apartment_id, room_id, contract_start_date, original_contract_date, is_renewal
having count(*) > 1
