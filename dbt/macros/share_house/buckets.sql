{#
  The groups of moveout_analysis: edges and names in one place. A value belongs to the first group whose edge it lies
  below (the lower edge is included); the last edge is open.
#}
{% macro rent_range_buckets() %}
    {{ return([(50000, 'Under 50K'), (70000, '50K-70K'), (100000, '70K-100K'), (150000, '100K-150K'), (none, '150K+')]) }}
{% endmacro %}


{% macro age_group_buckets() %}
    {{ return([(25, 'Under 25'), (35, '25-34'), (45, '35-44'), (55, '45-54'), (none, '55+')]) }}
{% endmacro %}


{% macro tenure_buckets() %}
    {{ return([(6, 'Short (<6mo)'), (12, 'Medium (6-12mo)'), (24, 'Long (1-2yr)'), (none, 'Very Long (2yr+)')]) }}
{% endmacro %}


{% macro rent_range(rent) -%}
    case
        when {{ rent }} is null or {{ rent }} <= 0 then 'Unknown'
        {%- for edge, name in rent_range_buckets() %}
        {{ 'when ' ~ rent ~ ' < ' ~ edge ~ ' then' if edge else 'else' }} '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}


{# The place of a rent range in a sorted list; Unknown comes last. #}
{% macro rent_range_order(rent) -%}
    case
        when {{ rent }} is null or {{ rent }} <= 0 then {{ rent_range_buckets() | length + 1 }}
        {%- for edge, name in rent_range_buckets() %}
        {{ 'when ' ~ rent ~ ' < ' ~ edge ~ ' then' if edge else 'else' }} {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}


{% macro age_group(age) -%}
    case
        when {{ age }} is null then 'Unknown'
        {%- for edge, name in age_group_buckets() %}
        {{ 'when ' ~ age ~ ' < ' ~ edge ~ ' then' if edge else 'else' }} '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}


{% macro tenure_category(months) -%}
    case
        when {{ months }} is null then 'Unknown'
        {%- for edge, name in tenure_buckets() %}
        {{ 'when ' ~ months ~ ' < ' ~ edge ~ ' then' if edge else 'else' }} '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}
