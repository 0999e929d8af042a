export { startApi } from './api.ts'
export { API_RESOURCE } from './resource.ts'
