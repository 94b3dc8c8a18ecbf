{#
  By how many per cent (rounded up) the number of rows differs from the published table: warns above 10, errors above 30
  or when a table that had rows is empty. With var force, an intended change only gives a warning.
#}
{% test near_published_row_count(model) %}
    {{ config(fail_calc='coalesce(max(changed_percent), 0)', warn_if='> 10', error_if='> 30') }}
    {%- set published = adapter.get_relation(none, live_schema_of(model.schema), model.identifier) if execute and flags.INTROSPECT else none -%}
    {%- set changed_percent -%} ceiling(abs(here.row_count - live.row_count) / live.row_count * 100) {%- endset %}
    {% if published %}
    select
        {{ 'least(' ~ changed_percent ~ ', 30)' if var('force', false) else changed_percent }} as changed_percent
    from (select count(*) as row_count from {{ model }}) as here
    cross join (select count(*) as row_count from {{ published }}) as live
    where live.row_count > 0
    {% else %}
    -- nothing is published yet
    select 0 as changed_percent
    {% endif %}
{% endtest %}
