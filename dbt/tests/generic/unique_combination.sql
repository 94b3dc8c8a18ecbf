{#
  Values of a key of several columns that stand in more than one row, or that are not complete. Values are counted,
  because MariaDB takes a zero date for NULL in `is null`.
#}
{% test unique_combination(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1 {% for column in columns %} or count({{ column }}) = 0 {% endfor %}
{% endtest %}
