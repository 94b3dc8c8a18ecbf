with periods as (
    select
        tenant_id,
        valid_from,
        lag(valid_from) over (partition by tenant_id order by valid_from) as previous_valid_from,
        lag(valid_to) over (partition by tenant_id order by valid_from) as previous_valid_to
    from {{ ref('tenant_status_history') }}
)

select *
from periods
where previous_valid_from is not null and (previous_valid_to is null or previous_valid_to >= valid_from)
