{# Seeds get their types, key and descriptions from YAML too, and are replaced whole. #}
{% macro mysql__create_csv_table(model, agate_table) %}
    {% do refuse_live_schema(this) %}
    {% do require_described_columns(agate_table.column_names | list) %}
    {% set sql = create_keyed_table_sql(this, model) %}
    {% call statement('_') -%}{{ sql }}{%- endcall %}
    {{ return(sql) }}
{% endmacro %}


{% macro mysql__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {% do refuse_live_schema(this) %}
    {{ adapter.drop_relation(old_relation) }}
    {{ return(create_csv_table(model, agate_table)) }}
{% endmacro %}
