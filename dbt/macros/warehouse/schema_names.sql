{#
  The live schema of a node, without a prefix: its config `schema`, else its folder (models/<layer>/).
  baton_dbt/schemas.py adds the prefix and the suffix `_next` after the parse.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{- custom_schema_name or (node.fqn[1] if node.fqn | length > 2 else 'unplaced') -}}
{%- endmacro %}


{# The live schema of a name, with the prefix that lets several environments share a server. #}
{% macro live_schema(name) -%}
    {{- var('schema_prefix', '') ~ name -}}
{%- endmacro %}


{# The live schema whose tables are built in a schema: `gold` for `gold_next` and, in a separate build, `dev_anna_gold`. #}
{% macro live_schema_of(schema) -%}
    {%- set start = live_schema(var('build_prefix', '')) -%}
    {%- if var('build_prefix', '') and schema.startswith(start) -%}
        {{- return(live_schema(schema[start | length:])) -}}
    {%- endif -%}
    {{- return(schema[:-5] if schema.endswith('_next') else schema) -}}
{%- endmacro %}


{% macro mysql__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier() }}
        character set utf8mb4 collate utf8mb4_unicode_ci
    {%- endcall -%}
{%- endmacro %}
