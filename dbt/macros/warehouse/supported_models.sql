{#
  What can be built and published; shared/dbt/judge-build.ts publishes the same. Anything else stops before the build,
  with the name of each model.
#}
{% macro require_supported_models() %}
    {%- if builds_tables() -%}
        {%- set faults = [] -%}
        {%- for node in graph.nodes.values() -%}
            {%- if node.resource_type in ['model', 'seed', 'snapshot'] -%}
                {%- for fault in faults_of(node) -%}
                    {%- do faults.append(node.unique_id ~ ': ' ~ fault) -%}
                {%- endfor -%}
            {%- endif -%}
            {%- if node.unique_id | length > 255 -%}
                {%- do faults.append(node.unique_id ~ ': its unique ID is longer than the 255 characters of the ledger') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if faults -%}
            {{ exceptions.raise_compiler_error('This cannot be built and published. ' ~ faults | sort | join('; ')) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro faults_of(node) %}
    {%- set faults = [] -%}
    {%- set materialized = node.config.materialized -%}
    {%- set supported = ['table', 'incremental', 'view', 'ephemeral', 'seed'] -%}
    {%- if node.resource_type == 'snapshot' -%}
        {%- do faults.append('snapshots read the clock; write the history as a model, such as tenant_status_history') -%}
    {%- elif materialized not in supported -%}
        {%- do faults.append('materialized as ' ~ materialized ~ ', supported are ' ~ supported | join(', ')) -%}
    {%- endif -%}
    {%- if (node.language or 'sql') != 'sql' -%}
        {%- do faults.append('written in ' ~ node.language ~ ', supported is sql') -%}
    {%- endif -%}
    {%- if node.alias | length > 64 -%}
        {%- do faults.append('its name has ' ~ node.alias | length ~ ' characters, MySQL takes 64') -%}
    {%- endif -%}
    {%- if materialized == 'incremental' -%}
        {%- set key = (node.config.meta or {}).get('primary_key', []) -%}
        {%- set unique_key = node.config.unique_key or key -%}
        {%- if ([unique_key] if unique_key is string else unique_key | list) != key | list -%}
            {%- do faults.append('unique_key differs from meta.primary_key, by which rows are replaced') -%}
        {%- endif -%}
        {%- if (node.config.incremental_strategy or 'merge') not in ['merge', 'delete+insert', 'default'] -%}
            {%- do faults.append('incremental_strategy ' ~ node.config.incremental_strategy ~ ' would add the rows of a day twice') -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(faults) }}
{% endmacro %}


{#
  Copies the live tables of the selected incremental models to the build schema, before these are compiled: then
  is_incremental() is true, and `this` has the rows of the earlier days. Columns that the live table lacks
  are NULL. Config full_refresh: true builds a model from nothing.
#}
{% macro copy_live_tables() %}
    {%- if builds_tables() -%}
        {%- for node in selected_nodes(['model']) if node.config.materialized == 'incremental' -%}
            {%- set target = api.Relation.create(schema=node.schema, identifier=node.alias, type='table') -%}
            {%- do refuse_live_schema(target) -%}
            {%- set live = adapter.get_relation(none, live_schema_of(node.schema), node.alias) -%}
            {%- set full_refresh = flags.FULL_REFRESH if node.config.full_refresh is none else node.config.full_refresh -%}
            {%- if live and live.type == 'table' and not full_refresh -%}
                {%- set columns = [] -%}
                {%- for column in adapter.get_columns_in_relation(live) if column.name in node.columns -%}
                    {%- do columns.append(column.name) -%}
                {%- endfor -%}
                {%- do create_keyed_table(target, node) -%}
                {%- do run_query(
                    'insert into ' ~ target ~ ' (' ~ quoted_columns(columns) ~ ') select ' ~ quoted_columns(columns) ~ ' from ' ~ live
                ) -%}
                {%- do adapter.cache_added(target) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
