{%- set placeholder_ids = var('placeholder_nationality_ids') | join(', ') -%}
{%- set placeholder_names = "'" ~ var('placeholder_nationality_names') | join("', '") ~ "'" -%}

with tenants as (select * from {{ source('staging', 'tenants') }}),

nationalities as (select * from {{ source('staging', 'm_nationalities') }}),

genders as (select * from {{ ref('code_gender') }}),

identities as (select * from {{ ref('code_personal_identity') }}),

affiliation_types as (select * from {{ ref('code_affiliation_type') }}),

statuses as (select * from {{ ref('code_tenant_status') }}),

moveout_reasons as (select * from {{ ref('code_moveout_reason') }}),

cleaned as (
    select
        tenants.*,
        {{ clean_text('tenants.nationality') }} as nationality_text,
        {{ clean_text('tenants.personal_identity') }} as identity_text,
        {{ clean_text('tenants.corporate_name') }} as company,
        {{ clean_text('tenants.last_name') }} as family_name,
        {{ clean_text('tenants.first_name') }} as given_name,
        {{ clean_date('tenants.birth_date') }} as entered_birth_date
    from tenants
),

parsed as (
    select
        cleaned.*,
        case
            when entered_birth_date between cast('1900-01-02' as date) and {{ business_date() }} then entered_birth_date
        end as known_birth_date,
        -- only digits are cast: MySQL ends a `create table` or `insert` at the first text that is no number
        case
            when
                ord(identity_text) between ord('0') and ord('9')
                -- most are one digit, which needs no regular expression
                and (octet_length(identity_text) = 1 or identity_text regexp '^[0-9]{1,9}\\z')
                then cast(identity_text as signed)
        end as identity_code,
        -- compared as written: utf8mb4_unicode_ci takes hiragana for katakana
        {{ flag("cast(nationality_text as binary) in (" ~ placeholder_names ~ ")") }} as is_placeholder_text,
        {{ flag("m_nationality_id in (" ~ placeholder_ids ~ ")") }} as is_placeholder_id
    from cleaned
),

with_nationality as (
    select
        parsed.*,
        case when parsed.is_placeholder_text = 0 then parsed.nationality_text end as usable_text,
        case when parsed.is_placeholder_id = 0 then {{ clean_text('nationalities.nationality_name') }} end as usable_master_name
    from parsed
    left join nationalities on parsed.m_nationality_id = nationalities.id
),

final as (
    select
        tenants.id as tenant_id,
        -- the column holds the text NULL for many
        coalesce(
            {{ clean_text('tenants.full_name') }},
            case
                when coalesce(tenants.family_name, tenants.given_name) is not null
                    then substring(concat_ws(' ', tenants.family_name, tenants.given_name), 1, 255)
            end
        ) as full_name,
        tenants.family_name as last_name,
        tenants.given_name as first_name,
        {{ clean_text('tenants.full_name_kana') }} as full_name_kana,
        {{ flag('tenants.company is not null') }} as is_corporate_name,
        tenants.gender_type as gender_code,
        {{ code_label('tenants.gender_type', 'genders.label_ja') }} as gender_ja,
        {{ code_label('tenants.gender_type', 'genders.label_en') }} as gender,
        tenants.known_birth_date as birth_date,
        tenants.age as age_source,
        {{ age_at(business_date(), 'tenants.known_birth_date', 'tenants.age') }} as age,
        tenants.m_nationality_id,
        coalesce(tenants.usable_text, tenants.usable_master_name) as nationality,
        case
            when tenants.usable_text is not null then 'text'
            when tenants.usable_master_name is not null then 'master'
            when tenants.is_placeholder_text = 1 or tenants.is_placeholder_id = 1 then 'placeholder'
            else 'missing'
        end as nationality_source,
        substring(tenants.personal_identity, 1, 255) as personal_identity_raw,
        {{ code_label('tenants.identity_code', 'identities.label_ja') }} as personal_identity_ja,
        {{ code_label('tenants.identity_code', 'identities.label_en') }} as personal_identity_en,
        {{ clean_text('tenants.affiliation') }} as affiliation,
        tenants.affiliation_type as affiliation_type_code,
        {{ code_label('tenants.affiliation_type', 'affiliation_types.label_ja') }} as affiliation_type_ja,
        {{ code_label('tenants.affiliation_type', 'affiliation_types.label_en') }} as affiliation_type_en,
        tenants.status as tenant_status_code,
        {{ code_label('tenants.status', 'statuses.label_ja') }} as tenant_status_ja,
        {{ code_label('tenants.status', 'statuses.label_en') }} as tenant_status_en,
        coalesce(statuses.is_active_lease, 0) as is_active_lease,
        tenants.contract_type,
        tenants.media_id as contract_channel,
        tenants.reason_moveout as moveout_reason_code,
        {{ code_label('tenants.reason_moveout', 'moveout_reasons.label_ja') }} as moveout_reason_ja,
        {{ code_label('tenants.reason_moveout', 'moveout_reasons.label_en') }} as moveout_reason_en,
        tenants.inquiry_id,
        {{ clean_timestamp('tenants.created_at') }} as created_at,
        {{ clean_timestamp('tenants.updated_at') }} as updated_at,
        {{ business_date() }} as business_date
    from with_nationality as tenants
    left join genders on tenants.gender_type = genders.code
    left join identities on tenants.identity_code = identities.code
    left join affiliation_types on tenants.affiliation_type = affiliation_types.code
    left join statuses on tenants.status = statuses.code
    left join moveout_reasons on tenants.reason_moveout = moveout_reasons.code
)

select * from final
