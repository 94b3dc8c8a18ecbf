{#- The published history (H) and today's snapshot (S) make the history of the business date (D). -#}
{%- set history_columns = published_history_columns() -%}
{%- do refuse_earlier_day(latest_history_day() if history_columns else none) -%}
{#- named outside the condition below: dbt reads a model's inputs before it knows the history -#}
{%- set published = source('published', 'tenant_status_history') -%}
{%- set tracked = history_tracked_columns().keys() | list -%}
{%- set context = history_context_columns() -%}
{%- set yesterday -%} date_sub({{ business_date() }}, interval 1 day) {%- endset -%}

with tenants as (select * from {{ source('staging', 'tenants') }}),

snapshot as (
    select
        id as tenant_id,
        status,
        contract_type,
        affiliation_status,
        agreement_type,
        is_transferred,
        is_renewal_ng,
        is_paysle_unpaid,
        renewal_priority,
        {{ clean_text('full_name') }} as full_name,
        moving_id,
        under_contract_id,
        {{ clean_date('first_movein_date') }} as first_movein_date,
        {{ clean_date('renewal_movein_date') }} as renewal_movein_date,
        {{ clean_date('renewal_deadline_date') }} as renewal_deadline_date,
        {{ clean_timestamp('updated_at') }} as updated_at
    from tenants
),

{% if history_columns -%}
-- step 0: forget what is known of D and later; the period that covered D - 1 is open again
rewound as (
    select
        tenant_id,
        {%- for column in tracked + context %}
        {{ column if column in history_columns else 'null as ' ~ column }},
        {%- endfor %}
        valid_from,
        case when valid_to < {{ yesterday }} then valid_to end as valid_to,
        case when valid_to < {{ yesterday }} then closed_reason end as closed_reason
    from {{ published }}
    where valid_from < {{ business_date() }}
),

-- steps 1 to 3: each open period beside the tenant's row of today
compared as (
    select
        rewound.*,
        case
            when rewound.valid_to is not null then 'closed before'
            when snapshot.tenant_id is null then 'disappeared'
            when {{ history_values_equal('rewound', 'snapshot', history_columns) }} then 'same'
            else 'changed'
        end as outcome
        {%- for column in tracked if column not in history_columns %},
        snapshot.{{ column }} as first_{{ column }}
        {%- endfor %}
    from rewound
    left join snapshot on rewound.tenant_id = snapshot.tenant_id and rewound.valid_to is null
),

earlier_periods as (
    select
        tenant_id,
        {%- for column in tracked %}
        {#- tracked from today on: open periods take today's value without a new period #}
        {{ column if column in history_columns else "case when outcome = 'same' then first_" ~ column ~ " end as " ~ column }},
        {%- endfor %}
        {%- for column in context %}
        {{ column }},
        {%- endfor %}
        valid_from,
        case when outcome in ('changed', 'disappeared') then {{ yesterday }} else valid_to end as valid_to,
        case when outcome in ('changed', 'disappeared') then outcome else closed_reason end as closed_reason
    from compared
),

unchanged_tenants as (select tenant_id from compared where outcome = 'same'),

-- step 4, and the second half of step 2
new_periods as (
    select
        {%- for column in ['tenant_id'] + tracked + context %}
        snapshot.{{ column }},
        {%- endfor %}
        {{ business_date() }} as valid_from,
        cast(null as date) as valid_to,
        cast(null as char(20)) as closed_reason
    from snapshot
    left join unchanged_tenants on snapshot.tenant_id = unchanged_tenants.tenant_id
    where unchanged_tenants.tenant_id is null
),

periods as (
    select * from earlier_periods
    union all
    select * from new_periods
),
{%- else -%}
-- first run: one open period for each tenant, which says "first seen", not "entered the status"
periods as (
    select
        snapshot.*,
        {{ business_date() }} as valid_from,
        cast(null as date) as valid_to,
        cast(null as char(20)) as closed_reason
    from snapshot
),
{%- endif %}

final as (
    select
        {%- for column in ['tenant_id'] + tracked + context %}
        {{ column }},
        {%- endfor %}
        valid_from,
        valid_to,
        {{ flag('valid_to is null') }} as is_current,
        closed_reason
    from periods
)

select * from final
