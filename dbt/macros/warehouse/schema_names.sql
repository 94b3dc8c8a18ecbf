{#
  The schema of a node: its config `schema`, else its folder (models/<layer>/). No target prefix. The schemas of the
  layer under build (var build_layer) get the suffix `_next`; its tables become live by one rename after all its tests
  have passed. Nodes of other folders, such as seeds, belong to the layer that is among their tags.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set base = custom_schema_name or (node.fqn[1] if node.fqn | length > 2 else 'unplaced') -%}
    {%- set layer = var('build_layer', none) -%}
    {{- live_schema(base) ~ ('_next' if layer and (base == layer or layer in node.tags) else '') -}}
{%- endmacro %}


{# The live schema of a name, with the prefix that lets several stages share a server. #}
{% macro live_schema(name) -%}
    {{- var('schema_prefix', env_var('BATON_SCHEMA_PREFIX', '')) ~ name -}}
{%- endmacro %}


{% macro mysql__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier() }}
        character set utf8mb4 collate utf8mb4_unicode_ci
    {%- endcall -%}
{%- endmacro %}
