{#
  Schemas as they are called in the warehouse: no target prefix. The schemas of the layer under build (var
  build_layer) get the suffix `_next`; its tables become live by one rename when all its tests have passed.
  Seeds are built with silver, the first layer that reads them.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set base = custom_schema_name or 'silver' -%}
    {%- set layer = 'silver' if base == 'seeds' else base -%}
    {{- live_schema(base) ~ ('_next' if var('build_layer', none) == layer else '') -}}
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
