{#
  The tracked columns of tenant_status_history: a change in one opens a new period. The value says how two values
  compare: as they are (NULL-safely), or with NULL taken for 0.
#}
{% macro history_tracked_columns() %}
    {{ return({
        'status': 'as is',
        'contract_type': 'as is',
        'affiliation_status': 'as is',
        'agreement_type': 'as is',
        'is_transferred': 'null as 0',
        'is_renewal_ng': 'null as 0',
        'is_paysle_unpaid': 'null as 0',
        'renewal_priority': 'null as 0',
    }) }}
{% endmacro %}


{# Context of a period: values of its first day, which open no period. #}
{% macro history_context_columns() %}
    {{ return([
        'full_name', 'moving_id', 'under_contract_id', 'first_movein_date', 'renewal_movein_date',
        'renewal_deadline_date', 'updated_at',
    ]) }}
{% endmacro %}


{# Whether two rows have the same tracked values in these columns. #}
{% macro history_values_equal(one, other, columns) -%}
    {%- for column, comparison in history_tracked_columns().items() if column in columns -%}
        {{ ' and ' if not loop.first }}
        {%- if comparison == 'null as 0' -%}
            coalesce({{ one }}.{{ column }}, 0) = coalesce({{ other }}.{{ column }}, 0)
        {%- else -%}
            {{ one }}.{{ column }} <=> {{ other }}.{{ column }}
        {%- endif -%}
    {%- else -%}
        true
    {%- endfor -%}
{%- endmacro %}


{#
  The columns of the published history; empty before the first run. A column that is tracked from today on is not
  among them yet.
#}
{% macro published_history_columns() %}
    {%- set relation = published_relation('silver', 'tenant_status_history') if execute else none -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list if relation else []) }}
{% endmacro %}


{#
  Going back to a day before the latest one would forget what came after: refused, unless var force is set. Then the
  history rewinds to that day, and every later dump must be replayed in order.
#}
{% macro refuse_earlier_day(latest_day) %}
    {%- if execute and latest_day and not var('force', false) and latest_day > var('business_date') | string -%}
        {{ exceptions.raise_compiler_error(
            'tenant_status_history already holds ' ~ latest_day ~ ', which is after business date '
            ~ var('business_date') ~ '. Pass var force to rewind it, then replay all later dumps in order.'
        ) }}
    {%- endif -%}
{% endmacro %}


{# The latest business date of which the published history knows something, as text; none when it is empty. #}
{% macro latest_history_day() %}
    {%- set rows = run_query(
        "select cast(max(greatest(valid_from, coalesce(date_add(valid_to, interval 1 day), valid_from))) as char(10))"
        ~ " as latest_day from " ~ published_relation('silver', 'tenant_status_history')
    ) -%}
    {{ return(rows[0][0]) }}
{% endmacro %}
