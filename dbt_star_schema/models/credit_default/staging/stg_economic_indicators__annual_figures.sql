{%- set first_year, last_year = var("economy_indicator_years") -%}

with source as (
    select * from {{ source('raw', 'economic_indicators') }}
),

unpivoted as (
    {%- for year in range(first_year, last_year + 1) %}
    select country_id, indicator_name, {{ year }} as calendar_year, yr{{ year }} as indicator_value from source
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        cast(country_id as varchar) as country_id,
        cast(indicator_name as varchar) as indicator_name,
        cast(calendar_year as integer) as calendar_year,
        cast(indicator_value as double precision) as indicator_value
    from unpivoted
    where indicator_value is not null
)

select * from final
