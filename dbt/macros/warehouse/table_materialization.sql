{#
  A table, built in full: its columns come from the model's YAML (name, data_type, not_null constraint,
  description), its primary key from `config.meta.primary_key` (the grain), then rows, then the indexes of
  `config.meta.indexes` (lists of columns).

  The table is replaced in place: it is in a build schema without readers (see refuse_live_schema), so
  dbt's detour over `__dbt_tmp` and `__dbt_backup` tables is not needed.
#}
{% materialization table, adapter='mysql' %}
    {% do start_build() %}
    {{ run_all_hooks(pre_hooks) }}
    {% do create_keyed_table(this, model) %}
    {% call statement('main') -%}
        insert into {{ this }} ({{ quoted_columns(model.columns) }})
        {{ sql }}
    {%- endcall %}
    {% do finish_table() %}
    {{ run_all_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}


{#
  An incremental model is built on a copy of its live table (see copy_live_tables): its rows are inserted, and replace
  those with the same primary key. A day that runs again gives the same table.
#}
{% materialization incremental, adapter='mysql' %}
    {% do start_build() %}
    {{ run_all_hooks(pre_hooks) }}
    {% if not is_incremental() %}
        {% do create_keyed_table(this, model) %}
    {% endif %}
    {% call statement('main') -%}
        insert into {{ this }} ({{ quoted_columns(model.columns) }})
        select * from (
        {{ sql }}
        ) as new_rows
        on duplicate key update
        {%- for column in model.columns %}
        {{ adapter.quote(column) }} = values({{ adapter.quote(column) }}){{ ',' if not loop.last }}
        {%- endfor %}
    {%- endcall %}
    {% do finish_table() %}
    {{ run_all_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}


{# A view of the tables under build; when it is published, of the live tables (shared/dbt/plan-dbt-publication.ts). #}
{% materialization view, adapter='mysql' %}
    {% do start_build() %}
    {{ run_all_hooks(pre_hooks) }}
    {% call statement('main') -%}
        create or replace view {{ this }} as
        {{ sql }}
    {%- endcall %}
    {{ run_all_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{% endmaterialization %}


{# Sessions autocommit, so hooks "inside" a transaction, dbt's default, need no other place. #}
{% macro run_all_hooks(hooks) %}
    {{- run_hooks(hooks, inside_transaction=False) -}}
    {{- run_hooks(hooks, inside_transaction=True) -}}
{% endmacro %}


{% macro start_build() %}
    {%- do refuse_live_schema(this) -%}
    {%- do require_described_columns(get_columns_in_query(sql)) -%}
{% endmacro %}


{% macro create_keyed_table(relation, node) %}
    {% do run_query('drop table if exists ' ~ relation) %}
    {% do run_query(create_keyed_table_sql(relation, node)) %}
{% endmacro %}


{# Indexes are added after the rows. Fresh statistics: the next model joins this table within milliseconds. #}
{% macro finish_table() %}
    {% set index_sql = add_indexes_sql(this) %}
    {% if index_sql %}
        {% do run_query(index_sql) %}
    {% endif %}
    {% do run_query('analyze table ' ~ this) %}
{% endmacro %}


{#
  Readers use the live schemas, so a layer is built in `<layer>_next`, which var build_layer selects, and a developer's
  models in schemas with a prefix of their own (baton_dbt/separate_build.py).
#}
{% macro refuse_live_schema(relation) %}
    {%- if live_schema_of(relation.schema) == relation.schema -%}
        {{ exceptions.raise_compiler_error(
            'This would build ' ~ relation ~ ' where people read. Start dbt with ./baton dbt; to build a layer as its function'
            ~ ' does, pass var build_layer, and select that layer only.'
        ) }}
    {%- endif -%}
{% endmacro %}


{# The columns of the current model or seed file must be those of its YAML, in the same order, with a type each. #}
{% macro require_described_columns(names) %}
    {%- set columns = model.columns.values() | list -%}
    {%- set described = columns | map(attribute='name') | list -%}
    {%- set untyped = columns | rejectattr('data_type') | map(attribute='name') | list -%}
    {%- set subject = model.resource_type | capitalize ~ ' ' ~ model.name -%}
    {%- if not columns -%}
        {{ exceptions.raise_compiler_error(
            subject ~ ' has no YAML that describes its columns.\n  write: '
            ~ modules.re.sub('[.][^.]*$', '.yml', model.original_file_path)
            ~ ', with config.meta.primary_key, and name, description and data_type of each column: ' ~ names | join(', ')
        ) }}
    {%- elif names != described -%}
        {{ exceptions.raise_compiler_error(
            subject ~ ' has other columns than its YAML describes.\n  found:     '
            ~ names | join(', ') ~ '\n  described: ' ~ described | join(', ')
        ) }}
    {%- elif untyped -%}
        {{ exceptions.raise_compiler_error(subject ~ ' has columns without data_type in its YAML: ' ~ untyped | join(', ')) }}
    {%- endif -%}
{% endmacro %}


{# `create table` for a model or seed, from its YAML. MySQL refuses a primary key whose columns are declared NULL. #}
{% macro create_keyed_table_sql(relation, node) %}
    {%- set key = table_keys(node, 'primary_key') %}
    create table {{ relation }} (
        {%- for column in node.columns.values() %}
        {{ adapter.quote(column.name) }} {{ column.data_type }}
        {{- ' not null' if column.name in key or is_not_null(column) else ' null' }} comment {{ sql_comment(column.description, 1024) }},
        {%- endfor %}
        primary key ({{ quoted_columns(key) }})
    )
    engine = InnoDB default character set utf8mb4 collate utf8mb4_unicode_ci
    comment {{ sql_comment(node.description, 2048) }}
{% endmacro %}


{% macro add_indexes_sql(relation) %}
    {%- set indexes = table_keys(model, 'indexes') -%}
    {%- if indexes -%}
        alter table {{ relation }}
        {%- for index in indexes %}
        {%- set index_columns = [index] if index is string else index %}
            add index ({{ quoted_columns(index_columns) }})
            {{- ',' if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{# The primary key or the indexes of a model or seed: config.meta of its YAML. #}
{% macro table_keys(node, kind) %}
    {%- set keys = (node.config.meta or {}).get(kind, []) -%}
    {%- if kind == 'primary_key' and not keys -%}
        {{ exceptions.raise_compiler_error(node.resource_type | capitalize ~ ' ' ~ node.name ~ ' has no config.meta.primary_key') }}
    {%- endif -%}
    {{ return(keys) }}
{% endmacro %}


{% macro quoted_columns(names) -%}
    {%- for name in names -%}{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}


{% macro is_not_null(column) -%}
    {{- return('not_null' in column.constraints | map(attribute='type') | map('string') | list) -}}
{%- endmacro %}


{# A description as an SQL string on one line, within the server's limit. #}
{% macro sql_comment(text, length) -%}
    {%- set line = (text or '').split() | join(' ') -%}
    '{{ line | replace("\\", "\\\\") | replace("'", "''") | truncate(length, True, '...', 0) }}'
{%- endmacro %}
