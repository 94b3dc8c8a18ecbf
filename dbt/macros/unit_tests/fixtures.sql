{#
  dbt's unit tests on MySQL: the types of fixtures come from the YAML of the inputs and the tested model, so that a unit
  test needs no table at all. dbt's own version looks them up in the database.
#}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
    {%- set types = column_name_to_data_types or described_types(this) -%}
    {%- for row in rows -%}
        {%- set values = {} -%}
        {%- for column, type in types.items() -%}
            {%- do values.update({column: safe_cast('null', type)}) -%}
        {%- endfor -%}
        {%- do values.update(format_row(row, types)) -%}
        select
        {%- for column, value in values.items() %} {{ value }} as {{ adapter.quote(column) }}{{ ',' if not loop.last }}
        {%- endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor -%}
    {%- if not rows -%}
        select
        {%- for column, type in types.items() %} {{ safe_cast('null', type) }} as {{ adapter.quote(column) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
        limit 0
    {%- endif -%}
{% endmacro %}


{# The columns and types that the YAML gives a relation. #}
{% macro described_types(relation) %}
    {%- for node in (graph.nodes.values() | list) + (graph.sources.values() | list)
        if node.resource_type in ['model', 'seed', 'source']
        and node.schema == relation.schema and (node.identifier or node.alias) == relation.identifier -%}
        {{ return(column_types(node)) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error('No YAML describes the columns of ' ~ relation) if execute }}
{% endmacro %}


{% macro column_types(node) %}
    {%- set types = {} -%}
    {%- for column in node.columns.values() -%}
        {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}


{#
  `cast` takes other type names than `create table` does, and none for geometries. Texts keep their collation.
#}
{% macro mysql__safe_cast(value, type) -%}
    {%- set parts = modules.re.match('([a-z]+) *([(].*[)])?(.*)', type | trim | lower, modules.re.DOTALL) -%}
    {%- set name, length, attributes = parts.groups('') -%}
    {%- set collation = modules.re.search('collate +[a-z0-9_]+', attributes) -%}
    {%- if name in ['char', 'varchar'] -%}
        cast({{ value }} as char{{ length }}) {{- ' ' ~ collation.group() if collation }}
    {%- elif modules.re.match('(tiny|medium|long)?text$|enum$|set$|json$', name) -%}
        cast({{ value }} as char) {{- ' ' ~ collation.group() if collation }}
    {%- elif modules.re.match('(tiny|small|medium|big)?int$|integer$|bool$|boolean$|bit$|year$', name) -%}
        cast({{ value }} as {{ 'unsigned' if name == 'bit' or 'unsigned' in attributes else 'signed' }})
    {%- elif name in ['decimal', 'dec', 'numeric', 'fixed'] -%}
        cast({{ value }} as decimal{{ length }})
    {%- elif name in ['float', 'double', 'real'] -%}
        cast({{ value }} as double)
    {%- elif name in ['datetime', 'timestamp'] -%}
        cast({{ value }} as datetime{{ length }})
    {%- elif name in ['date', 'time'] -%}
        cast({{ value }} as {{ name }}{{ length }})
    {%- elif name in ['binary', 'varbinary'] -%}
        cast({{ value }} as binary{{ length }})
    {%- elif modules.re.match('(tiny|medium|long)?blob$', name) -%}
        cast({{ value }} as binary)
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}


{% materialization unit, adapter='mysql' %}
    {%- set types = column_types(graph.nodes[model.tested_node_unique_id]) -%}
    {%- set expected_rows = config.get('expected_rows') -%}
    {%- set names = expected_rows[0].keys() | map('lower') | list if expected_rows else types.keys() | list -%}
    {%- set quoted = {} -%}
    {%- for name in types -%}
        {%- do quoted.update({name: adapter.quote(name)}) -%}
    {%- endfor -%}
    {%- set expected_sql = config.get('expected_sql') or get_expected_sql(expected_rows, types, quoted) -%}
    {%- call statement('main', fetch_result=True) -%}
        {{ get_unit_test_sql(sql, expected_sql, names | map('lower') | map('string') | list) }}
    {%- endcall -%}
    {{ return({'relations': []}) }}
{% endmaterialization %}
