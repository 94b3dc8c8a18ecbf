{# Rows for which an expression is false. Where it cannot be known (NULL) the row passes. #}
{% test holds(model, expression, column_name=none) %}
    select * from {{ model }} where not ({{ expression }})
{% endtest %}
