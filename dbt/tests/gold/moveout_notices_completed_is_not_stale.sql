select notices.contract_id, notices.moveout_status, contracts.is_completed_moveout
from {{ ref('moveout_notices') }} as notices
inner join {{ ref('int_contracts') }} as contracts on notices.contract_id = contracts.contract_id
where (notices.moveout_status = 'Completed') <> (contracts.is_completed_moveout = 1)
