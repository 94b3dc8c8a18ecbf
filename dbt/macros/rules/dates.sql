{# A DATE or DATETIME of the source as a date: `0000-00-00` and any zero month or day become NULL. It is wall time and never shifted. #}
{% macro clean_date(column) -%}
    case when month({{ column }}) = 0 or dayofmonth({{ column }}) = 0 then null else date({{ column }}) end
{%- endmacro %}


{# A TIMESTAMP of the source (UTC), the zero timestamp as NULL; with as many digits of a second's fraction, others are cut off. #}
{% macro clean_timestamp(column, digits=0) -%}
    case when month({{ column }}) = 0 or dayofmonth({{ column }}) = 0 then null else cast({{ column }} as datetime{{ '(' ~ digits ~ ')' if digits }}) end
{%- endmacro %}


{#
  The calendar day of a UTC timestamp in the source's time zone (`timeZone` in serverless.yml). The offsets are in the
  SQL, because convert_tz() needs the server's time-zone tables.
#}
{% macro to_local_date(timestamp) -%}
    date(date_add({{ clean_timestamp(timestamp) }}, interval {{ utc_offset_minutes(timestamp) }} minute))
{%- endmacro %}


{# Minutes from UTC to the source's time zone at a UTC timestamp: a number, or a case where the zone changes its clocks. #}
{% macro utc_offset_minutes(timestamp) -%}
    {%- set offsets = adapter.utc_offsets() -%}
    {%- for until, minutes in offsets -%}
        {%- if until %}case when {{ timestamp }} < '{{ until }}' then {{ minutes }} else {% else %}{{ minutes }}{% endif -%}
    {%- endfor -%}
    {%- for _ in offsets[1:] %} end{% endfor -%}
{%- endmacro %}


{# The first instant of the business date in the source's time zone, as a UTC datetime. #}
{% macro start_of_business_date() -%}
    cast('{{ adapter.start_of_day(var("business_date")) }}' as datetime)
{%- endmacro %}


{# The business date (day of the dump in the source's time zone) as SQL: every "today" is this day. #}
{% macro business_date() -%}
    cast('{{ var("business_date") }}' as date)
{%- endmacro %}
