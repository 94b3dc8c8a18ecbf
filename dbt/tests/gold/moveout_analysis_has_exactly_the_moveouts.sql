select moveouts.contract_id, 'moveouts' as only_in
from {{ ref('moveouts') }} as moveouts
left join {{ ref('moveout_analysis') }} as analysis on moveouts.contract_id = analysis.contract_id
where analysis.contract_id is null

union all

select analysis.contract_id, 'moveout_analysis' as only_in
from {{ ref('moveout_analysis') }} as analysis
left join {{ ref('moveouts') }} as moveouts on analysis.contract_id = moveouts.contract_id
where moveouts.contract_id is null
