{#
  What MySQL and MariaDB write in another way than dbt's defaults and dbt-mysql, for models that call dbt's
  cross-database macros.
#}

{# MariaDB refuses `with` in the parentheses that dbt adds. #}
{% macro mysql__create_view_as(relation, sql) %}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    create view {{ relation }} as
    {{ sql }}
{% endmacro %}


{# MySQL 9.6 moved md5() to a component that is not installed. #}
{% macro mysql__hash(field) %}sha2(cast({{ field }} as char), 256){% endmacro %}


{% macro mysql__snapshot_hash_arguments(arguments) %}
    sha2(concat_ws('|'{% for argument in arguments %}, coalesce(cast({{ argument }} as char), ''){% endfor %}), 256)
{% endmacro %}


{# Types that CAST accepts. #}
{% macro mysql__type_string() %}char{% endmacro %}
{% macro mysql__type_int() %}signed{% endmacro %}
{% macro mysql__type_bigint() %}signed{% endmacro %}
{% macro mysql__type_boolean() %}signed{% endmacro %}
{% macro mysql__type_timestamp() %}datetime(6){% endmacro %}
