-- A truncated load must not close everybody: the snapshot has tenants, and at most 5 % of those who were open are gone.
-- depends_on: {{ ref('tenant_status_history') }}
{% set history_columns = published_history_columns() %}

with tenants as (select id from {{ source('staging', 'tenants') }})

select 'the snapshot has no tenants' as problem
from (select count(*) as row_count from tenants) as snapshot
where row_count = 0

{% if history_columns %}
union all

select concat(missing, ' of ', known, ' open tenants are missing') as problem
from (
    select {{ count_where('tenants.id is null') }} as missing, count(*) as known
    from {{ source('published', 'tenant_status_history') }} as published
    left join tenants on published.tenant_id = tenants.id
    where
        published.valid_from < {{ business_date() }}
        and (published.valid_to is null or published.valid_to >= date_sub({{ business_date() }}, interval 1 day))
) as open_tenants
where missing > 0.05 * known
{% endif %}
