{#
  The columns that every detail table of gold takes from int_contracts. No names and no birth dates: tenant_id joins
  back for those who may. The age is that at the event, so that a row never changes its age group.
#}
{% macro contract_details(event_date) -%}
        contract_id,
        tenant_id,
        asset_id_hj,
        apartment_name,
        room_number,
        contract_type_ja as contract_system,
        contract_channel,
        original_contract_date,
        contract_date,
        contract_start_date,
        rent_start_date,
        contract_expiration_date,
        is_renewal as renewal_flag,
        monthly_rent,
        tenant_type,
        gender,
        nationality,
        occupation_company,
        residence_status,
        {{ age_at(event_date) }} as age,
        latitude,
        longitude,
        prefecture,
        municipality,
        full_address
{%- endmacro %}


{# Which contracts a detail table shows: those of buildings with coordinates. #}
{% macro has_coordinates() -%}
    latitude is not null and longitude is not null
{%- endmacro %}
