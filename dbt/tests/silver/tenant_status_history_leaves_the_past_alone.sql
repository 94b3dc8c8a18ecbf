-- periods that ended before yesterday are those of the published history, value for value
-- depends_on: {{ source('published', 'tenant_status_history') }}
{% set history_columns = published_history_columns() %}
{% set compared = ['tenant_id', 'valid_from', 'valid_to', 'is_current', 'closed_reason'] + (history_tracked_columns().keys() | list) + history_context_columns() %}
{% set ended -%} valid_to < date_sub({{ business_date() }}, interval 1 day) {%- endset %}

{% if history_columns %}
select tenant_id, valid_from, min(side) as only_in
from (
    select {% for column in compared %}{{ column }}, {% endfor %} 'rebuilt' as side
    from {{ ref('tenant_status_history') }}
    where {{ ended }}

    union all

    select
        {% for column in compared %}{{ column if column in history_columns else 'null as ' ~ column }}, {% endfor %}
        'published' as side
    from {{ source('published', 'tenant_status_history') }}
    where {{ ended }} and valid_from < {{ business_date() }}
) as both_sides
group by {{ compared | join(', ') }}
having count(*) <> 2
{% else %}
select tenant_id from {{ ref('tenant_status_history') }} where {{ ended }}
{% endif %}
