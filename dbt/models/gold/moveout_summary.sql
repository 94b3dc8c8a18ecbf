with moveouts as (
    select
        moveout_analysis.*,
        {{ as_written("coalesce(prefecture, 'Unknown')") }} as prefecture_group,
        case when monthly_rent > 0 then monthly_rent end as known_rent
    from {{ ref('moveout_analysis') }} as moveout_analysis
),

final as (
    select
        moveout_date,
        date_format(moveout_date, '%Y-%m') as moveout_year_month,
        rent_range,
        rent_range_order,
        prefecture_group as prefecture,
        tenant_type,
        count(*) as moveout_count,
        {{ average('known_rent') }} as avg_monthly_rent,
        min(known_rent) as min_monthly_rent,
        max(known_rent) as max_monthly_rent,
        {{ average('total_stay_months') }} as avg_tenure_months,
        {{ average('total_stay_days') }} as avg_tenure_days,
        {{ count_where("gender = 'Male'") }} as gender_male_count,
        {{ count_where("gender = 'Female'") }} as gender_female_count,
        {{ count_where("coalesce(gender, '') not in ('Male', 'Female')") }} as gender_other_count,
        {{ count_where("age_group = 'Under 25'") }} as age_under_25_count,
        {{ count_where("age_group = '25-34'") }} as age_25_34_count,
        {{ count_where("age_group = '35-44'") }} as age_35_44_count,
        {{ count_where("age_group = '45-54'") }} as age_45_54_count,
        {{ count_where("age_group = '55+'") }} as age_55_plus_count,
        {{ count_where("age_group = 'Unknown'") }} as age_unknown_count,
        {{ count_where("tenure_category = 'Short (<6mo)'") }} as tenure_short_count,
        {{ count_where("tenure_category = 'Medium (6-12mo)'") }} as tenure_medium_count,
        {{ count_where("tenure_category = 'Long (1-2yr)'") }} as tenure_long_count,
        {{ count_where("tenure_category = 'Very Long (2yr+)'") }} as tenure_very_long_count,
        {{ count_where("tenure_category = 'Unknown'") }} as tenure_unknown_count,
        {{ count_where("renewal_flag = 'Yes'") }} as renewal_yes_count,
        {{ count_where("renewal_flag = 'No'") }} as renewal_no_count,
        {{ count_where("renewal_flag is null") }} as renewal_unknown_count,
        count(distinct moveout_reason_en) as distinct_moveout_reasons,
        {{ business_date() }} as business_date,
        {{ run_id() }} as run_id
    from moveouts
    group by moveout_date, rent_range, rent_range_order, prefecture_group, tenant_type
)

select * from final
