with to_score as (
    select * from {{ ref('stg_samples_to_score__samples') }}
    where {{ in_window("scoring_day") }}
),

held as (
    select * from {{ previous("int_sample_inputs", {"sample_id": "varchar", "scoring_day": "date"}) }} as previous_rows
    where {{ in_window("scoring_day") }}
),

final as (
    select sample_id from to_score
    union
    select sample_id from held
)

select * from final
