import { ageAt } from "../dates.ts";
import type { IntContract } from "../silver/int-contracts.ts";

/** Detail tables hold contracts with coordinates only. */
export function isLocated({ latitude, longitude }: IntContract): boolean {
  return latitude !== null && longitude !== null;
}

/** The 25 detail columns "D"; age is that at the event. */
export function detail(contract: IntContract, eventDate: string) {
  return {
    contract_id: contract.contract_id,
    tenant_id: contract.tenant_id,
    asset_id_hj: contract.asset_id_hj,
    apartment_name: contract.apartment_name,
    room_number: contract.room_number,
    contract_system: contract.contract_type_ja,
    contract_channel: contract.contract_channel,
    original_contract_date: contract.original_contract_date,
    contract_date: contract.contract_date,
    contract_start_date: contract.contract_start_date,
    rent_start_date: contract.rent_start_date,
    contract_expiration_date: contract.contract_expiration_date,
    renewal_flag: contract.is_renewal,
    monthly_rent: contract.monthly_rent,
    tenant_type: contract.tenant_type,
    gender: contract.gender,
    nationality: contract.nationality,
    occupation_company: contract.occupation_company,
    residence_status: contract.residence_status,
    age: ageAt(eventDate, contract.birth_date, contract.age_source),
    latitude: contract.latitude,
    longitude: contract.longitude,
    prefecture: contract.prefecture,
    municipality: contract.municipality,
    full_address: contract.full_address,
  };
}
