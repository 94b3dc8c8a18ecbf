{# The state of a notice: completed, withdrawn with its contract, or pending. #}
{% macro moveout_status() -%}
    case
        when is_completed_moveout = 1 then 'Completed'
        when is_valid_contract = 0 then 'Cancelled'
        else 'Pending'
    end
{%- endmacro %}
