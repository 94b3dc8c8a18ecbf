{# Whether this invocation builds tables; a documentation or a test run does not. #}
{% macro builds_tables() %}
    {{ return(execute and flags.WHICH in ['build', 'run', 'seed', 'retry']) }}
{% endmacro %}


{# Before the build: the vars of the run exist and are valid. #}
{% macro require_run_vars() %}
    {%- if builds_tables() -%}
        {%- set business_date = var('business_date', none) -%}
        {%- if not business_date -%}
            {{ exceptions.raise_compiler_error("Var business_date is missing: pass --vars '{business_date: YYYY-MM-DD, ...}', the day of the dump in the time zone of the source") }}
        {%- endif -%}
        {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', business_date | string) -%}
            {{ exceptions.raise_compiler_error("Var business_date is '" ~ business_date ~ "', expected YYYY-MM-DD") }}
        {%- endif -%}
        {%- if not var('run_id', none) -%}
            {{ exceptions.raise_compiler_error("Var run_id is missing: every row of gold contains it") }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#
  The contract with the upstream layer: every table and column that the selected models read must exist; tables may
  be empty. One error before the build names everything that is missing.
#}
{% macro check_inputs() %}
    {%- if builds_tables() -%}
        {%- set models = selected_nodes(['model']) -%}
        {%- set built_now = selected_nodes(['model', 'seed']) | map(attribute='unique_id') | list -%}
        {%- set inputs = {} -%}
        {%- for node in models -%}
            {%- for unique_id in node.depends_on.nodes if unique_id not in built_now -%}
                {%- set input = graph.sources.get(unique_id) or graph.nodes.get(unique_id) -%}
                {#- an ephemeral model is part of the SQL that reads it -#}
                {%- if not (input.resource_type == 'source' and input.meta.optional) and input.config.materialized != 'ephemeral' -%}
                    {%- do inputs.update({unique_id: input}) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set missing = missing_inputs(inputs.values() | list) if inputs else [] -%}
        {%- if missing -%}
            {{ exceptions.raise_compiler_error(
                'The data to read is not as the models need it. Missing, or not to be seen by this user: ' ~ missing | sort | join(', ')
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# `schema.table` and `schema.table.column` of the described inputs that do not exist. #}
{% macro missing_inputs(inputs) %}
    {%- set schemas = inputs | map(attribute='schema') | unique | list -%}
    {%- set found = {} -%}
    {%- for row in run_query(
        "select table_schema as table_schema, table_name as table_name, column_name as column_name"
        ~ " from information_schema.columns where table_schema in ('" ~ schemas | join("', '") ~ "')"
    ) -%}
        {%- do found.setdefault(row[0] ~ '.' ~ row[1], []).append(row[2] | lower) -%}
    {%- endfor -%}
    {%- set missing = [] -%}
    {%- for input in inputs -%}
        {%- set table = input.schema ~ '.' ~ (input.identifier or input.alias) -%}
        {%- if table not in found -%}
            {%- do missing.append(table) -%}
        {%- else -%}
            {%- for column in input.columns if column | lower not in found[table] -%}
                {%- do missing.append(table ~ '.' ~ column) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(missing) }}
{% endmacro %}


{# A killed run can leave `*__dbt_tmp` tables, which would stop every later run. #}
{% macro drop_leftovers() %}
    {%- if builds_tables() -%}
        {%- set schemas = [''] -%}
        {%- for node in selected_nodes(['model', 'seed']) if node.schema not in schemas -%}
            {%- do schemas.append(node.schema) -%}
        {%- endfor -%}
        {%- set leftovers = run_query(
            "select table_schema as table_schema, table_name as table_name from information_schema.tables"
            ~ " where table_schema in ('" ~ schemas | join("', '") ~ "')"
            ~ " and (table_name like '%\\_\\_dbt\\_tmp' or table_name like '%\\_\\_dbt\\_backup')"
        ) -%}
        {%- for row in leftovers -%}
            {%- do run_query('drop table if exists ' ~ adapter.quote(row[0]) ~ '.' ~ adapter.quote(row[1])) -%}
            {%- do log('dropped leftover ' ~ row[0] ~ '.' ~ row[1], info=True) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{# The nodes of some resource types that this invocation selected. #}
{% macro selected_nodes(resource_types) %}
    {%- set nodes = [] -%}
    {%- for unique_id in selected_resources -%}
        {%- set node = graph.nodes.get(unique_id) -%}
        {%- if node and node.resource_type in resource_types -%}
            {%- do nodes.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}
