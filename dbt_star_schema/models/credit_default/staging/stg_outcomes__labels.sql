with source as (
    select * from {{ source('raw', 'outcomes') }}
),

final as (
    select
        cast(funding_id as varchar) as funding_id,
        cast(target as integer) as is_bad,
        cast(source_line as bigint) as source_line,
        cast(source_day as date) as reported_date
    from source
)

select * from final
