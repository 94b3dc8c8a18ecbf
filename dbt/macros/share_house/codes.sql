{# A label from a seed that is joined on its code: an unknown code shows itself, no code has no label. #}
{% macro code_label(code, label) -%}
    coalesce({{ label }}, concat('Unknown (', {{ code }}, ')'))
{%- endmacro %}


{#
  Corporate or individual, of a tenant (applications only): by the company name. A tenant who left the source has none
  to tell by: unknown. Contracts have theirs from code_contract_type, in stg_movings.
#}
{% macro tenant_type(is_corporate_name) -%}
    case {{ is_corporate_name }} when 1 then 'corporate' when 0 then 'individual' else 'unknown' end
{%- endmacro %}
